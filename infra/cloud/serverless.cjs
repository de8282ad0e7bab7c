// The bridge from serverless.yml to package.ts and template.ts: the deploy tool loads CommonJS, ours is TypeScript.
// It builds and packs the functions as well, so that `serverless deploy` by itself deploys what is in the checkout.
require('../require-node.js');

let packed;

// Called for each place that names it, and again after the tool has found what it could not answer before: only what
// asks the tool nothing is kept.
module.exports = async ({ options, resolveVariable }) => {
  const { packageFunctions } = await import('../package.ts');
  const { parameterNames, readSettings } = await import('./settings.ts');
  const { template } = await import('./template.ts');
  const parameters = {};
  for (const name of parameterNames) parameters[name] = await resolveVariable(`param:${name}`);
  for (const given of options.param ?? []) {
    const [name, ...value] = given.split('=');
    parameters[name] = value.join('=');
  }
  const service = await resolveVariable('self:service');
  const stage = await resolveVariable('sls:stage');
  try {
    const made = template(readSettings({ service, stage }, parameters));
    packed ??= packageFunctions();
    await packed;
    return made;
  } catch (error) {
    // The deploy tool shows the stack: what is wrong with the parameters needs none.
    if (error.name === 'SettingsError') error.stack = error.message;
    throw error;
  }
};
