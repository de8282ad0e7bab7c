const remark = /^\s*(?:#|\/\/|--|\/\*|<!--|;|\{\/\*)\s*/;
const said =
  /^(?:before|after|old|new|current|existing|remove this|replace|replace this|replace with|change|change this|change to|change from|add|add this|add to|add at|add after|add before|add near|at top of file|at the top|in |inside |find|find this|insert|\.\.\.|…)\b/i;

/** Whether the text of a fence says of itself that it is a piece of a file: `# BEFORE:`, `# ... existing code`. */
export function isSnippet(body: readonly string[]): boolean {
  const first = body.find(line => line.trim() !== '') ?? '';
  if (!remark.test(first)) return false;
  const text = first.replace(remark, '').trim();
  return said.test(text) || /^(?:\.\.\.|…)/.test(text);
}

/** Whether the text of a fence begins as whole files begin. */
export function beginsAsFile(body: readonly string[]): boolean {
  const first = body.find(line => line.trim() !== '') ?? '';
  return /^(?:#!|"""|'''|\/\*\*?|\/\/|#|"use |'use |import |from |package |<!DOCTYPE|<\?|<html|<template|\[|\{|---|--|@|use |const |version)/i.test(
    first,
  );
}
