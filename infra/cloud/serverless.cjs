// The bridge from serverless.yml to template.ts: the deploy tool loads CommonJS, ours is TypeScript.
require('../require-node.js');

module.exports = async ({ options, resolveVariable }) => {
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
    return template(readSettings({ service, stage }, parameters));
  } catch (error) {
    if (error.name !== 'SettingsError') throw error;
    // The deploy tool would show its stack, and once for each place of serverless.yml that names this file.
    console.error(error.message);
    process.exit(1);
  }
};
