import * as fs from 'node:fs';

// What changes the disk goes over the thread pool, by callbacks: each promise of node:fs/promises has an array for the
// numbers of a stat made with it, also where none is asked for, and a handle costs as much as the calls made with it.

/** Opens a new file for writing, never one that is there already, nor what a link there points to. */
export function create(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, 'wx', (error, file) => (error === null ? resolve(file) : reject(error)));
  });
}

export function sync(file: number): Promise<void> {
  return done(callback => fs.fsync(file, callback));
}

export function link(existing: string, path: string): Promise<void> {
  return done(callback => fs.link(existing, path, callback));
}

export function rename(from: string, to: string): Promise<void> {
  return done(callback => fs.rename(from, to, callback));
}

/** The names in a folder. Whoever reads it may have to wait for those that change it. */
export function list(folder: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    fs.readdir(folder, (error, names) => (error === null ? resolve(names) : reject(error)));
  });
}

/** Removes a file; none is fine. Answers whether there was one. */
export function remove(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // rm would look twice first
    fs.unlink(path, error => {
      if (error === null) resolve(true);
      else if (error.code === 'ENOENT') resolve(false);
      else reject(error);
    });
  });
}

/**
 * Makes a folder and what is missing above it. Answers the first that it had to make, undefined for none. Of a read-only
 * file system Node says ENOENT here.
 */
export function mkdir(folder: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    fs.mkdir(folder, { recursive: true }, (error, first) =>
      error === null ? resolve(first) : reject(error),
    );
  });
}

/** Makes a folder in one that is there; one that stands there already will do. */
export function mkdirIn(folder: string, mode: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.mkdir(folder, { mode }, error =>
      error === null || error.code === 'EEXIST' ? resolve() : reject(error),
    );
  });
}

function done(call: (callback: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call(error => (error === null ? resolve() : reject(error)));
  });
}
