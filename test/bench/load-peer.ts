import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * A library of the bench's own package. It is named at run time, and the caller says the little of its types that is
 * used: so the checks of the main package look at every line here without the libraries being installed.
 */
export async function loadPeer<T>(name: string): Promise<T> {
  const file = createRequire(new URL('package.json', import.meta.url)).resolve(name);
  // What a module exports is known from its documentation; the run fails at the first use if it is not so.
  return (await import(pathToFileURL(file).href)) as T;
}
