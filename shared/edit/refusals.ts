import { type Failure, failure, type NearestPlace } from '../domain/failure.ts';
import type { CreateStep, EditStep } from '../instruction/types.ts';
import { type EditLines, tellsByItself } from './applied.ts';
import { hasNul } from './bytes.ts';
import { hunkLines } from './diff.ts';
import { cutLines, type LineList } from './line-list.ts';
import { firstPlaces, mostPlaces, type Place } from './locate.ts';
import { nearestPlace } from './nearest.ts';
import type { FileState } from './types.ts';

/** More line numbers than this are counted, not listed. */
const mostListed = 50;

/** Why no step of this file can be done at all; null where they can be looked at. @param most bytes that are edited */
export function untouchable(path: string, state: FileState, most: number): Failure | null {
  if (state.kind === 'refused') return state.failure;
  if (state.kind !== 'file') return null;
  if (hasNul(state.bytes)) {
    return failure(
      'FILE_NOT_TEXT',
      `${path} holds binary data (NUL bytes) and cannot be edited as text. Name a text file.`,
    );
  }
  if (state.bytes.length <= most) return null;
  return failure(
    'LIMIT_EXCEEDED',
    `${path} has ${state.bytes.length} bytes, more than the ${most} that are edited. Split it.`,
  );
}

export function notThere(step: EditStep): Failure {
  return failure(
    'FILE_NOT_FOUND',
    `${step.targetFile} is not in the workspace, so the block on line ${step.line} has nothing to edit. Mend the path above the block, or create the file with Create \`${step.targetFile}\` and its whole content.`,
    step,
  );
}

export function existsAlready(
  step: CreateStep,
  createdOn: number | null,
  old: string,
  content: string,
): Failure {
  const before = cutLines(old).map(([text]) => text);
  const diff = hunkLines(
    before,
    cutLines(content).map(([text]) => text),
    1,
    30,
  ).join('\n');
  const where =
    createdOn === null
      ? `${step.targetFile} exists with other content.`
      : `${step.targetFile} is created on line ${createdOn} of this document already, with other content.`;
  return failure(
    'FILE_EXISTS',
    `${where} To change it, write a SEARCH/REPLACE block; to replace the whole file, submit with overwrite. What would change:\n${diff}`,
    step,
  );
}

export function unclear(step: EditStep, list: LineList, places: readonly Place[]): Failure {
  const [place] = places;
  const where = place === undefined ? '' : ` (line ${list.numberOf(place.from)})`;
  return failure(
    'SEARCH_AMBIGUOUS',
    `The REPLACE text of the block on line ${step.line} is in ${step.targetFile} already, and the SEARCH text only with other blanks or across its edge${where}: the edit may have been made. Add lines around it to SEARCH and REPLACE that tell the places apart.`,
    step,
  );
}

export function heldByLater(step: EditStep, list: LineList, place: Place): Failure {
  return failure(
    'SEARCH_AMBIGUOUS',
    `The SEARCH text of the block on line ${step.line} stands in ${step.targetFile} only in what a later block of this document has put there already (line ${list.numberOf(place.from)}): the block may have been made. Take the blocks out of the document that are made, or add lines around SEARCH and REPLACE.`,
    step,
  );
}

export function ambiguous(step: EditStep, list: LineList, places: readonly Place[]): Failure {
  const starts = new Set(places.map(place => place.from));
  const numbers: number[] = [];
  let line = list.first;
  for (let number = 1; line !== null && numbers.length < starts.size; number += 1) {
    if (starts.has(line)) numbers.push(number);
    line = line.after;
  }
  const listed = numbers.slice(0, mostListed).join(', ');
  const count = numbers.length < mostPlaces ? numbers.length : `${mostPlaces} or more`;
  const more = numbers.length > mostListed ? ` and ${numbers.length - mostListed} more` : '';
  return failure(
    'SEARCH_AMBIGUOUS',
    `The SEARCH text of the block on line ${step.line} stands at ${count} places in ${step.targetFile}: lines ${listed}${more}. Add lines around it to SEARCH and REPLACE until it stands at one.`,
    step,
  );
}

export function notFound(step: EditStep, list: LineList, edit: EditLines, look: boolean): Failure {
  const nearest = look
    ? nearestPlace(
        list.toArray().map(line => line.text),
        edit.search,
      )
    : null;
  const start = `The SEARCH text of the block on line ${step.line} is not in ${step.targetFile}.`;
  const done =
    edit.replace.length > 0 && !tellsByItself(edit) && firstPlaces(list, edit.replace).places.length > 0
      ? ' The REPLACE text is there, but it adds too little to tell that the edit was made.'
      : '';
  const hint =
    nearest === null
      ? ' Copy the lines to be replaced from the file as it is now.'
      : ` The nearest ${nearestOf(nearest)}`;
  return failure('SEARCH_NOT_FOUND', start + done + hint, { line: step.line, nearest });
}

function nearestOf({ line, endLine, similarity }: NearestPlace): string {
  const alike = `(${Math.round(similarity * 100)} % alike)`;
  return line === endLine
    ? `is line ${line} ${alike}: copy it as it is there.`
    : `are lines ${line} to ${endLine} ${alike}: copy the lines as they are there.`;
}
