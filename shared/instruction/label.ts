/** What the words above a fence say about it. */
export type Label =
  /** The content of the file itself: "Full content:". */
  | 'content'
  /** A change to be made to an existing file: "Add this method:". */
  | 'change'
  /** Something shown, run or expected: "Expected output:", "Run:". */
  | 'shown'
  /** A line that ends with a colon and says none of these. */
  | 'introduces'
  | 'prose';

const content =
  /(?:\b(?:full|complete|entire|whole|final)\b.{0,40}|\b(?:following|this|these)\s+)?\b(?:file\s+)?(?:contents?|source(?:\s+code)?|code|implementation|script|module|file|program|boilerplate|skeleton|structure|component|unit|configuration|config)\b(?:\s+(?:of|for)\s+.{0,60})?\s*(?:\([^)]*\))?\s*:?\s*$/i;
const contentWith = /\b(?:with|containing|contains|holds|include|including)\b.{0,60}:\s*$/i;
const shown =
  /^(?:\d+[.)]\s*)?(?:expected|output|outputs|result|results|example|examples|e\.g|usage|sample|run|running|verify|verification|check|test|testing|tests|current|currently|before|existing|old|original|response|query|queries|sql|command|commands|install|restart|deploy|rollback|then run|to run|execute|manual|note|schema|database schema|table|state machine|signature|(?:the\s+)?(?:directory|folder|project|repository|package)\s+(?:structure|layout|tree)|key functions?|functions?|api|request|flow|diagram|architecture|logs?|error|problem|bug|symptom|bad|wrong|remove|search|find|locate|look for|from|start|stop|reload|enable|confirm|validate|ensure|after (?:creating|deploying|applying|saving|writing|that|this|the (?:edit|change|deploy|patch|fix))|once|when|if|make (?:it )?executable|set (?:file )?permissions|cron|crontab|schedule)\b/i;
const shownAnywhere =
  /\b(?:expected (?:output|result|response)|should (?:show|print|return|output|see|display)|output(?:s)? (?:should|will)|run (?:this|the|it|with|manually|on)|for example|example (?:output|usage)|verify (?:with|that|by|it)|test (?:with|it|by)|currently|existing code|current code|looks? like this now|(?:code|file|function|method|class|lines?|section|version)(?: is| looks| stands)? (?:today|right now|at present|as (?:it|they) (?:is|are|stands?|looks?)(?: now| today)?)|(?:is|are|be) (?:used|called|invoked|run) (?:like|as|with|by)|call it)\b/i;
const change =
  /\b(?:add|adding|append|insert|replace(?:\s+with|d)?|change(?:\s+to)?|update|updated|modify|modified|wire|patch|prepend|extend|wrap|import(?:s)? at|becomes|should (?:look|be|become)|new (?:logic|code|version|method|function)|after|to|with|fix|fixed|integrate|use|define|register|call)\b/i;
const newLabel =
  /^(?:new|after|good|replace(?:ment)?|replace with|change to|becomes|fix(?:ed)?(?:\s+pattern)?|updated)\b.{0,80}:?\s*$/i;

const shownStrong = /^(?:expected|example output|output|verify|verification|rollback|run this|usage)\b/i;
const changeStart =
  /^(?:add|insert|append|replace|update|modify|change|wire|patch|prepend|wrap|integrate|fix|extend|at\b|in\b|inside|find .* and|locate .* and)/i;
/** "Find the imports and add:", "After the loop, insert": whatever comes first, a change is asked for. */
const asksForChange =
  /(?:\band|,|;|—|–|\bthen)\s+(?:also\s+)?(?:add|insert|append|replace|change|update|modify|wrap|paste|put|prepend)\b/i;

/** Longer lines are no labels. */
const longest = 2000;

/** Judges a line of text, or a heading, that stands above a fence. */
export function labelOf(line: string): Label {
  if (line.length > longest) return 'prose';
  const text = line
    .trim()
    .replace(/^(?:[-*+•]\s+|\d{1,3}[.)]\s+)?/, '')
    .replaceAll('**', '')
    .replace(/^[_*#\s]+|[_*]+$/g, '')
    .trim();
  const colon = /:\s*(?:\([^)]*\))?$/.test(text);
  // A label announces the fence: it ends with a colon, is short, or is all bold. Other lines are prose.
  const announces = colon || text.length < 28 || /^\s*\*\*[^*]+\*\*[.:]?\s*$/.test(line);
  if (/^(?:search|find|old|before|current)\b/i.test(text) && announces && !asksForChange.test(text))
    return 'shown';
  if ((newLabel.test(text) && announces) || (asksForChange.test(text) && text.length < 200)) return 'change';
  if (announces && text.length < 120 && (shown.test(text) || shownAnywhere.test(text))) return 'shown';
  if (shownStrong.test(text) && text.length < 120) return 'shown';
  if (text.length < 120 && content.test(text) && !changeStart.test(text)) return 'content';
  if (changeStart.test(text) && (announces || text.length < 200)) return 'change';
  if (!colon) return 'prose';
  if (contentWith.test(text)) return 'content';
  return change.test(text) ? 'change' : 'introduces';
}

const ordinal =
  /^(?:(?:step|task|phase|part|change|fix|section)\s*#?\d+[a-z]?(?:\.\d+)*|\d+(?:\.\d+)*[a-z]?)\s*[:.)–—-]*\s*/i;
const shownTitle =
  /^(?:(?:how to|post[- ]\w+|pre[- ]\w+|manual|local|final|quick|smoke|integration|unit|end-to-end|e2e|jr|tpm|after)\s+)*(?:verif(?:y|ication|ying)|validat(?:e|ion|ing)|test(?:s|ing)?|rollback|roll back|revert|deploy(?:ment|ing)?|expected|usage|run(?:ning)?|steps?|background|context|problem|root cause|overview|acceptance|success criteria|notes?|references?|examples?|checks?|troubleshooting|restart|install(?:ation)?|evaluation|appendix|current (?:state|code|behaviou?r)|execution|monitoring|commands?)\b(?!.*\.\w{1,5}\b)/i;
const shownEnding =
  /\b(?:verification|validation|testing|tests|rollback|instructions|commands|checklist|criteria|deployment|examples?|usage)$/i;

/** A section where nothing is meant to be written: verification, rollback, background and the like. */
export function isShownSection(title: string): boolean {
  const text = title.replaceAll('**', '').replace(ordinal, '').trim();
  return (shownTitle.test(text) && text.length < 60) || shownEnding.test(text);
}

/** A section about form, where SEARCH/REPLACE is explained rather than used. */
export function explainsFormat(text: string): boolean {
  return /\b(?:format|syntax|example|examples|template|looks? like|pattern|convention|how to write|illustrat\w*|background)\b/i.test(
    text,
  );
}

const takingBack =
  /^(?:(?:how to|emergency|quick|manual)\s+)?(?:roll(?:ing)?[- ]?back|revert(?:ing)?|undo(?:ing)?|back(?:ing)?[- ]?out)(?:\s+(?:plan|procedures?|process|steps?|instructions?|strategy|options?|notes?))*(?:\s*\([^)]*\))?(?:,?\s+(?:if|in case)\s+(?:of|needed|necessary|required|something|anything|things|it)\b.*)?\s*:?$/i;
/** Of the changes themselves: "To roll back the transaction on failure, write:" asks for one. */
const toTakeBack =
  /^to\s+(?:roll\s?back|revert|undo|back\s?out)(?:\s+(?:this|these|the|that|all|it|them|changes?|edits?|patch|steps?|fix|above))*\s*(?:[,:].*)?$/i;

/** A section, or a line above a block, about how the changes would be taken back: `## Rollback Plan`, "To revert:". */
export function speaksOfTakingBack(titles: readonly string[], line: string): boolean {
  const text = line.replaceAll('**', '').trim().slice(0, 200);
  return (
    toTakeBack.test(text) ||
    titles.some(title =>
      takingBack.test(title.slice(0, 200).replaceAll('**', '').replace(ordinal, '').trim()),
    )
  );
}

/** A section whose title says that an existing file is changed. */
export function isChangeTitle(title: string): boolean {
  const text = title.replaceAll('**', '').replace(ordinal, '');
  return /^(?:modify|update|edit|fix|change|replace|patch|wire|integrate|extend|insert|append|add\b.*\b(?:to|in|into)\b)/i.test(
    text,
  );
}

/** A subsection that holds the content of the file named above it. */
export function isContentTitle(title: string): boolean {
  return /^(?:(?:full|complete|the|file|source)\s+)*(?:contents?|code|source|implementation|script)\b.{0,20}$/i.test(
    title.trim(),
  );
}
