// Lets the deploy tool pack the functions itself, so that `serverless deploy` deploys what is in the checkout. The zips
// go where it looks for what has changed since the last deployment.
const { copyFile, mkdir } = require('node:fs/promises');
const { join } = require('node:path');

module.exports = class Packer {
  constructor(serverless) {
    const place = join(serverless.serviceDir, '.serverless');
    this.hooks = {
      'after:package:cleanup': async () => {
        const { packageFunctions } = await import('../package.ts');
        await mkdir(place, { recursive: true });
        for (const { name, file } of await packageFunctions())
          await copyFile(file, join(place, `${name}.zip`));
      },
    };
  }
};
