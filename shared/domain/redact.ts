/**
 * Forms of credentials, each with what to leave standing ($1) so that an error stays readable. Bounded repetitions
 * only: a hostile text costs linear time.
 */
const forms: readonly [RegExp, string][] = [
  // The password of an address: postgres://user:password@host
  [/(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{1,100}:)[^\s/@]{1,200}(?=@)/gi, '$1'],
  // name = value, name: "value", with a name that says it is a secret and a value that is no word of an error
  [
    /((?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)[a-z0-9_-]{0,40}["']?\s{0,4}[:=]\s{0,4}["']?)(?!(?:unknown|missing|required|invalid|none|null|undefined)\.?(?:[\s"',;)}\]]|$))[^\s"',;)}\]]{4,500}/gi,
    '$1',
  ],
  [/(\b(?:bearer|basic)\s{1,4})[a-z0-9._~+/=-]{12,2000}/gi, '$1'],
  [/()\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, '$1'],
  [/()\b(?:gh[pousr]_|github_pat_|sk-|xox[abprs]-)[A-Za-z0-9_-]{16,250}/g, '$1'],
  [/(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)[\s\S]{0,8000}?(?=-----END|$)/g, '$1'],
];

/** Any of them, in one look: of most texts nothing is a credential, and looking for each form takes four times as long. */
const anyForm = new RegExp(forms.map(([form]) => form.source).join('|'), 'i');

/** Replaces what looks like a credential by `[redacted]` (invariant 14). For texts that are stored, logged or sent. */
export function redact(text: string): string {
  if (!anyForm.test(text)) return text;
  return forms.reduce((out, [form, kept]) => out.replace(form, `${kept}[redacted]`), text);
}
