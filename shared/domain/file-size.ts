/**
 * A file of the workspace is read and written up to this many bytes. Source files are far smaller; what is larger is data
 * and no business of an instruction file. One bound for both: what was written and cannot be read any more is not known
 * for done (invariant 5).
 */
export const mostFileBytes = 8 * 1024 * 1024;
