import type { ErrorCode } from 'yaml';

/**
 * What each syntax error of a configuration file means and how to mend it. The parser's own texts are not used: they may
 * quote the file, and with it a secret.
 */
export const syntaxErrors: Record<ErrorCode, string> = {
  ALIAS_PROPS: 'an alias (*name) cannot have an anchor or a tag; remove it',
  BAD_ALIAS: 'an alias (*name) is not well formed; quote the text if it is meant to start with *',
  BAD_COLLECTION_TYPE: 'the tag does not fit what follows it; remove the tag',
  BAD_DIRECTIVE: 'a line that starts with % is a directive of YAML, and this is not a known one; quote the text',
  BAD_DQ_ESCAPE: 'unknown escape in a text in double quotes; write \\\\ for a backslash, or use single quotes',
  BAD_INDENT:
    'wrong indentation: entries of one level start in the same column, and those inside one further to the right',
  BAD_PROP_ORDER: 'an anchor or a tag stands in the wrong place; it belongs before the value',
  BAD_SCALAR_START: 'a text cannot start with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a second "key: value" stands where a value is expected; put it on a line of its own, or quote the text if the colon belongs to it',
  BLOCK_IN_FLOW: 'a list or object written in lines cannot stand inside [ ] or { }',
  DUPLICATE_KEY: 'this key is given twice in one object; remove one of them',
  IMPOSSIBLE: 'this cannot be read as YAML',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters; a quote is probably missing',
  MISSING_CHAR: 'something is missing here: a closing quote or bracket, a comma, or the space after a colon',
  MULTILINE_IMPLICIT_KEY: 'a key stands over several lines; a colon after a key, or a quote, is probably missing',
  MULTIPLE_ANCHORS: 'a value can have one anchor only',
  MULTIPLE_DOCS: 'a configuration is one document; remove the "---" and what follows it',
  MULTIPLE_TAGS: 'a value can have one tag only',
  NON_STRING_KEY: 'a key must be a text, not a list or an object',
  RESOURCE_EXHAUSTION: 'lists and objects are nested too deeply',
  TAB_AS_INDENT: 'a tab is used for indentation; YAML takes spaces only',
  TAG_RESOLVE_FAILED: 'this tag is not known; remove it',
  UNEXPECTED_TOKEN: 'something unexpected stands here; a quote, bracket or comma before it is probably missing',
};
