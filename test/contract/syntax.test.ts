// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts hold JavaScript's own templates
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { syntaxChecker } from '../../shared/adapters/syntax/checker.ts';
import type { SyntaxProblem } from '../../shared/ports/syntax.ts';

const checker = syntaxChecker({
  onFault: (path, error) => assert.fail(`${path} could not be checked: ${error}`),
});

function check(path: string, text: string | Uint8Array): Promise<SyntaxProblem | null> {
  return checker.check(path, typeof text === 'string' ? new TextEncoder().encode(text) : text);
}

type Damaged = readonly [path: string, text: string, line: number, column: number, message: RegExp];

const damaged: readonly Damaged[] = [
  ['a.py', 'def f():\n    x = 1\n      y = 2\n', 3, 7, /^unexpected indent$/],
  ['a.py', 'def f():\n        x = 1\n    y = 2\n', 3, 5, /^unindent does not match any outer/],
  ['a.py', 'class A:\r\n    x = 1\r\n   y = 2\r\n', 3, 4, /^unindent does not match any outer/],
  ['a.py', 'def f():\nreturn 1\n', 2, 1, /^expected an indented block after line 1$/],
  ['a.py', 'x = 1\nfor i in x:\n    # nothing\n', 3, 14, /^expected an indented block after line 2$/],
  ['a.py', 'if x:  # why\n    y\nelse:\n\nz = 1\n', 5, 1, /^expected an indented block after line 3$/],
  ['a.py', 'if x:\n\ty = 1\n        z = 2\n', 3, 9, /^inconsistent use of tabs and spaces/],
  ['a.py', 'if x:\n    if y:\n\tz = 1\n', 3, 2, /^inconsistent use of tabs and spaces/],
  ['a.py', 'if x  # why\n    y = 1\n', 1, 5, /^expected ":"$/],
  ['a.py', 'try:\n    x()\ny()\n', 3, 1, /^expected "except" or "finally" for the "try" of line 1$/],
  ['a.py', 'def f():\n    try:\n        x()\n', 3, 12, /for the "try" of line 2$/],
  ['a.py', 'x = foo(1,\n\ndef g():\n    pass\n', 1, 8, /^"\(" was never closed$/],
  ['a.py', 'x = [1, 2)\n', 1, 10, /^"\)" does not match the "\[" of line 1$/],
  ['a.py', 'x = 1)\n', 1, 6, /^unmatched "\)"$/],
  ['a.py', 's = "abc\nx = 1\n', 1, 5, /^unterminated string$/],
  ['a.py', 's = 1\nt = """abc\n', 2, 5, /^unterminated triple-quoted string$/],
  ['a.py', 'x = = 1\n', 1, 5, /^unexpected "="$/],
  ['a.py', 'é = "ü" 5\n', 1, 9, /^unexpected "5"$/],
  ['a.py', 'd = {"a": 1 "b": 2}\n', 1, 13, /^unexpected string$/],
  ['a.py', 'x = 1\nelse:\n    x = 1\n', 2, 1, /^unexpected "else"$/],
  ['a.py', 'for i in range(3) print(i)\n', 1, 19, /^unexpected "print"$/],
  ['a.py', 'x = 1 +\n', 1, 8, /^unexpected end of file$/],
  ['a.py', 'x = 1\nprint "hello"\n', 2, 1, /^"print" is a function/],
  ['stubs.pyi', 'def f(x: int -> str: ...\n', 1, 6, /^"\(" was never closed$/],

  ['a.js', 'let x = ;\n', 1, 9, /^unexpected ";"$/],
  [
    'a.mjs',
    'function f() {\n  return 1;\n',
    2,
    12,
    /^unexpected end of file: the "\{" of line 1 is not closed$/,
  ],
  ['a.cjs', 'foo(1, 2;\n', 1, 9, /^unexpected ";"$/],
  ['a.js', 'const a = {\n  b: 1\n  c: 2\n};\n', 3, 3, /^unexpected "c"$/],
  [
    'a.js',
    'a(() => {\n  b([1, 2]);\n}\n',
    3,
    2,
    /^unexpected end of file: the "\(" of line 1 is not closed$/,
  ],
  ['a.js', 'x();\n}\n', 2, 1, /^unexpected "\}"$/],
  ['a.js', 'if (a {\n}\n', 1, 7, /^unexpected "\{"$/],
  ['a.js', 'class A {\n  x() {\n    y(`${z}`);\n\n  w() {}\n}\n', 5, 7, /^unexpected "\{"$/],
  ['a.jsx', 'const a = <div>\n  <p>\n</div>;\n', 3, 8, /^unexpected end of file/],
  ['a.jsx', 'const a = <div>{x}</span>;\n', 1, 19, /^"<\/span>" does not close the "<div>" of line 1$/],
  ['a.ts', 'const x: number = ;\n', 1, 19, /^unexpected ";"$/],
  ['a.mts', 'interface A { x: }\n', 1, 18, /^unexpected "\}"$/],
  ['a.cts', 'enum A { B = }\n', 1, 14, /^unexpected "\}"$/],
  ['a.tsx', 'const a = <T,>(x: T) => <p>{x;</p>;\n', 1, 30, /^unexpected ";"$/],

  ['a.json', '{"a": 1,}', 1, 9, /^unexpected "\}", expected a name in double quotes$/],
  ['a.json', '{"a": 1\n "b": 2}\n', 2, 2, /^unexpected string, expected "," or the "\}" of line 1's "\{"$/],
  ['a.json', '{"a": [1, 2\n', 1, 12, /^unexpected end of file/],
  ['a.json', '{"a" 1}', 1, 6, /expected ":"$/],
  ['a.json', '{"a": "x\n"}', 1, 7, /^unterminated string$/],
  ['a.json', '{"a": "\\x"}', 1, 8, /^unknown escape/],
  ['a.json', '[1, 2]]', 1, 7, /^unexpected "\]"$/],
  ['a.json', '{"a": tru}', 1, 7, /^unexpected "tru"$/],
  ['a.json', '// why\n{}', 1, 1, /^unexpected "\/"$/],
  ['tsconfig.json', '{\n  // why\n  "a" 1,\n}\n', 3, 7, /expected ":"$/],

  ['a.yaml', 'a: 1\nb: [1, 2\nc: 3\n', 3, 1, /^flow sequence in block collection/],
  ['a.yaml', 'a:\n  - b\n c: 1\n', 3, 1, /^all mapping items must start at the same column$/],
  ['a.yml', 'a: b: c\n', 1, 4, /^nested mappings are not allowed/],
  ['a.yml', 'a:\n\tb: 1\n', 2, 1, /^tabs are not allowed as indentation$/],
  ['a.yml', 'a: 1\n---\nb: @x\n', 3, 4, /^plain value cannot start with reserved character @$/],

  ['a.toml', 'a = 1\nb = \n', 2, 5, /^invalid value$/],
  ['a.toml', '[a\nb = 1\n', 1, 3, /./],
  ['a.toml', 'a = 1\na = 2\n', 2, 1, /^trying to redefine/],

  ['a.sh', 'if true; then\n  echo x\n', 2, 9, /^unexpected end of file: the "if" of line 1 has no "fi"$/],
  ['a.sh', 'for i in 1 2; do\n  echo $i\nfi\n', 3, 1, /^unexpected "fi": the "for" of line 1 has no "done"$/],
  ['a.bash', 'f() {\n  echo x\n', 2, 9, /the "\{" of line 1 has no "\}"$/],
  ['a.sh', 'if true\n  echo x\nfi\n', 3, 1, /the "if" of line 1 has no "then"$/],
  ['a.sh', 'if true; then\n  # nothing\nfi\n', 3, 1, /^unexpected "fi": no command before it$/],
  ['a.sh', 'case $x in\n  a) echo x ;;\necho y\n', 3, 1, /^the "case" of line 1 has no "esac"$/],
  ['a.sh', 'x=$(echo y\n', 1, 11, /the "\(" of line 1 has no "\)"$/],
  ['a.sh', 'echo "x\n', 1, 6, /^the " has no counterpart$/],
  ['a.sh', 'echo x\ndone\n', 2, 1, /^unexpected "done"$/],
  ['bin/run', '#!/usr/bin/env bash\nwhile true; do\n', 2, 15, /the "while" of line 2 has no "done"$/],
];

describe('a file that does not parse is placed', () => {
  for (const [path, text, line, column, message] of damaged) {
    test(`${path} ${JSON.stringify(text)}`, async () => {
      const problem = await check(path, text);
      assert.deepEqual({ line: problem?.line, column: problem?.column }, { line, column });
      assert.match(problem?.message ?? '', message);
    });
  }
});

const valid: readonly (readonly [path: string, ...texts: string[]])[] = [
  [
    'a.py',
    '',
    '\n\n# only a comment',
    '\ufeffx = 1\r\nif x:\r\n\ty = 2\r\n',
    'match x:\n  case {"a": 1, **rest} if y: pass\n  case [a, *_] | (b as c): pass\nmatch = case = type = 1\n',
    'type X = int\nclass A[*Ts, **P]: pass\ndef f[T = list[int]](x: T) -> T: ...\nasync def g[T](): ...\n',
    'f"{x["a"]}" f\'{a!r:>{w}}\' rf"\\d{{3}}{x:%H:%M}" f"\\N{DASH}{x}" f"{"it\'s"}" t"{x}"\n',
    'f"""{\n  x # why\n}"""\n',
    'try:\n  pass\nexcept* A as e:\n  pass\ntry: x\nexcept A, B: pass\nelse: y\nfinally: z\n',
    'with (open(a) as b, open(c) as d,):\n  pass\nif (n := 1): print(n)\n',
    '@x[0].y(1)\ndef f(a, /, b, *, c): return *a, b\nx[*a, 1:2]\nlambda *a, **k: (yield)\n',
    'f"\\{x["it\'s"]}"\n',
    '(bar.\nbaz)\nif x:\n    (bar.\n  baz)\n',
    'print -1\nprint\nprint >>x, "y"\nlazy import x\n',
    'if x:\n  """\nnot code\n"""\n  y = (1,\n2)\n # odd\n  z = 1 \\\n+ 2\nelif y: pass\n',
    'class A:\n\n    def f(self): pass\n\f\nclass B: x = 1; y = 2\n',
    'x = r\'\\\'\' + b"\\""\n',
  ],
  [
    'a.js',
    '#!/usr/bin/env node\nimport x from "y" with { type: "json" };\nawait x;\n',
    '<!-- old\nx\n--> y\nwith (a) b;\nvar c = 0777;\n',
    '@dec class A { @dec() accessor x = 1; static #p = 1; static { #p in this } async *g() {} get; set }',
    'a ??= b?.c?.[d]?.(e); 1_000n; /(?<x>[/])/v; `a${`b${c}`}`; for await (const x of y) {}\nx = y\n/re/g.test(z)',
    'import defer * as ns from "x"; import source s from "y"; await using z = w(); export * as "a b" from "c";',
    'const a = <div a="b" {...c}>{/* x */}<></><A.B x:y="1"/>&nbsp; it\'s</div>;',
  ],
  [
    'a.ts',
    'type A = import("x").B<C>; function f(): import("x").Y<Z> { return x satisfies Y as const }',
    'abstract class A<in out T> extends Z { static accessor w = 1; constructor(private a?: b) {} declare c: d; override e!: f }',
    'enum A { B }\nnamespace A.B { export import c = d.e }\ndeclare global { interface W {} }\nexport type * from "x"',
    'function f<const T>(this: A, x: T): asserts x is B;\nlet a: unique symbol; const g = f<string>; let as = 1;\n',
    'export default function (): { a: 1 };\nx = require("y"); export = x; export as namespace Foo;\n',
    'type A = { readonly [K in keyof T as `a${K}`]-?: T[K] }; let y = <T,>(x: T) => <Z>x; using b = c();',
  ],
  [
    'a.tsx',
    'type A = import("x").B<C>;\nconst f = <T,>(x: T) => <Foo<Bar> a={y as Z}>it\'s {x!} © &copy;</Foo>;\n',
  ],
  [
    'a.json',
    '',
    '{"a": [1, -2.5e-3, "\\u00e9\\n", true, null, {}]}\n',
    '\ufeff[]',
    '"x"',
    '{{ cookie.json }}',
  ],
  ['tsconfig.build.json', '{\n  // why\n  "a": [1, 2,], /* b */\n}\n'],
  ['.vscode/settings.json', '{\n  // why\n  "a": 1,\n}\n'],
  ['a.jsonc', '// why\n{"a": "// no"}\n'],
  [
    'a.yaml',
    'a: 1\n---\nx: &a [b, *a]\n',
    'a: 1\n%TAG ! tag:example.com,2002:\n--- !b\nc: 1\n',
    'a: !Ref B\nb: !Sub ["x", {}]\nc: |\n  x: y: z\n<<: {}\na: 2\n',
    'a: {{ .Values.b }}\n{{- if x }}\nb: 1\n{{- end }}\n',
    '{% if x %}\na: [\n{% endif %}\n',
    'on:\n  push:\n    branches: [ main ]\nrun: "echo: x"\nkey with spaces: >-\n  folded\n',
  ],
  ['a.toml', '[a.b]\nc = """\nx\n"""\nd = 1979-05-27T07:32:00Z\n[[e]]\nf = {g = 1, h = [1, 2,]}\n'],
  [
    'a.sh',
    'for i do echo "$i"; done\nif ! [ -f x ]; then :; elif (a) then b; else { c; }; fi >&2\n',
    'cat <<\\EOF <<-"B" | if\nif (\n"\'`\nEOF\n\tx\n\tB\ntrue; then x; fi\n',
    'case "$1" in\n  (a|b*) ;;\n  "c d") x ;& # why\n  *[!\\(]) y\nesac\ncase x in a) b; esac\n',
    'a=(1 "2" # why\n  $(x))\nb=${a[@]#"}"} c=$((1 << (2)))\n(( x++ )) && [[ $x =~ ^(a|b)$ && ! -f y ]]\n',
    'x="$(case y in a) echo ")" ;; esac)" y=`echo "it\'s"` z=$\'it\\\'s\'\n',
    'echo "${x:-it\'s}" && cat <<EOF\nno end\n',
    'x=$(cat <<EOF\ny\nEOF)\n',
    'function f { echo }; }\ng() ( for ((;;)) do break; done; select x in a; do :; done )\n@(a|b) 2>&1 3< <(x) &> y\n',
    'echo {a,b} } fi # don\'t\nwhile read -r l; do :; done <<< "x"\n',
  ],
  ['run', '#!/bin/sh\nset -e\n', 'if this is prose (with a bracket\n'],
  ['a.zsh.sh', '#!/bin/zsh\nif [[ x ]] { y }\n'],
  ['notes.txt', 'if (\n'],
];

describe('a file that parses is let pass', () => {
  for (const [path, ...texts] of valid) {
    for (const text of texts) {
      test(`${path} ${JSON.stringify(text)}`, async () => assert.equal(await check(path, text), null));
    }
  }
});

describe('what cannot be judged is let pass', () => {
  test('bytes that are no UTF-8', async () => {
    assert.equal(await check('a.py', Uint8Array.of(0x78, 0x20, 0xe9, 0x28, 0x0a)), null);
  });
  test('NUL bytes', async () => assert.equal(await check('a.json', '{\0'), null));
  test('a file over 512 KiB', async () => {
    assert.ok((await check('a.json', `{${' '.repeat(500 * 1024)}`)) !== null);
    assert.equal(await check('a.json', `{${' '.repeat(512 * 1024)}`), null);
  });
  test('a Jinja template of Python', async () => {
    assert.equal(await check('a.py', '{% if x %}\nimport y\n{% endif %}\n'), null);
  });
});
