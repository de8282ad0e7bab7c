export interface SyntaxProblem { readonly line: number; readonly column: number; readonly message: string }
