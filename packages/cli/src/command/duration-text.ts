/** A duration as it is written on a command line: `250ms`, `30s`, `5m`, `2h`, `7d`. What core takes as text. */
export const DURATION_TEXT: RegExp = /^\d{1,15}(\.\d{1,9})?\s?(ms|s|m|h|d)$/
