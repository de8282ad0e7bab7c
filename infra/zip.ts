import { crc32, deflateRawSync } from 'node:zlib';

/** A file of an archive; `name` with forward slashes. */
export interface ZipEntry {
  readonly name: string;
  readonly content: Uint8Array;
}

/** 1 January 1980, the first day that the format knows: the same files make the same bytes whenever it is. */
const date = 0x21;
const time = 0;
const version = 20;
const deflated = 8;
/** The name is UTF-8. */
const flags = 0x800;
/** Made on Unix (3), where the upper half of the attributes is the mode: a file that all may read. */
const madeBy = (3 << 8) | version;
const attributes = (0o100644 << 16) >>> 0;

/**
 * The files as a zip archive, in the order of their names. Small and whole in memory, with no time and no order of its
 * own in it, which the packers at hand do not promise.
 */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  const sorted = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, content } of sorted) {
    const path = Buffer.from(name);
    const packed = deflateRawSync(content, { level: 9 });
    const common = Buffer.alloc(26);
    common.writeUInt16LE(version, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(deflated, 4);
    common.writeUInt16LE(time, 6);
    common.writeUInt16LE(date, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(path.length, 22); // and no extra field
    const local = Buffer.concat([signature(0x04034b50), common, path, packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(attributes, 6); // before it: no comment, disk 0, binary
    place.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([signature(0x02014b50), short(madeBy), common, place, path]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(sorted.length, 4);
  end.writeUInt16LE(sorted.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, directory, signature(0x06054b50), end]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
