// The import rule of the design, section 12. `npm run check` runs it; test/unit/house sees it fail on planted breaches.
const only = (name, from, allowed, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { pathNot: allowed },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only(
      'domain-is-pure',
      '^shared/domain/',
      ['^shared/domain/'],
      'Pure rules import nothing outside themselves.',
    ),
    only(
      'instruction-is-pure',
      '^shared/instruction/',
      ['^shared/(instruction|domain)/'],
      'Reading is pure: no Node, pg or AWS.',
    ),
    only(
      'edit-is-pure',
      '^shared/edit/',
      ['^shared/(edit|instruction|domain)/'],
      'Editing is pure: no Node, pg or AWS.',
    ),
    only(
      'ports-are-types',
      '^shared/ports/',
      ['^shared/(ports|domain|instruction|edit)/'],
      'Ports name what the core needs and nothing of how.',
    ),
    only(
      'adapters-know-ports',
      '^shared/adapters/([^/]+)/',
      ['^shared/adapters/$1/', '^shared/(ports|domain)/', '^node_modules/', '^(node:)?[a-z_]+(/promises)?$'],
      'An adapter implements ports; adapters do not know one another.',
    ),
    only(
      'flow-knows-ports',
      '^shared/flow/',
      ['^shared/(flow|ports|domain|instruction|edit)/'],
      'What more than one function does goes over ports, as a run does.',
    ),
    only(
      'run-knows-no-adapter',
      '^functions/[^/]+/(?!handler)',
      ['^functions/', '^shared/(flow|ports|domain|instruction|edit)/'],
      'run decides over ports.',
    ),
    only(
      'handler-composes',
      '^functions/[^/]+/handler\\.ts$',
      [
        '^functions/',
        '^shared/(compose|config)\\.ts$',
        '^shared/(ports|domain)/',
        '^node_modules/(@middy|@types)/',
      ],
      'A handler decodes, calls and answers.',
    ),
    {
      name: 'functions-are-islands',
      severity: 'error',
      comment: 'Functions never import each other.',
      from: { path: '^functions/([^/]+)/' },
      to: { path: '^functions/', pathNot: '^functions/$1/' },
    },
    {
      name: 'nothing-imports-up',
      severity: 'error',
      comment: 'shared/ and functions/ know neither the command line, the infrastructure nor the tests.',
      from: { path: '^(shared|functions)/' },
      to: { path: '^(cli|infra/(?!(ladder|sweeps)\\.json)|test)/' },
    },
    {
      name: 'sql-stays-home',
      severity: 'error',
      comment: 'pg is known to the Postgres adapter alone.',
      from: { path: '^(shared|functions|cli)/', pathNot: '^shared/adapters/postgres/' },
      to: { path: '^node_modules/pg/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^test/(fixtures|scenarios)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
