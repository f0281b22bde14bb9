/** What `onError` is told. */

/** Why a line, or the whole stream, is no event stream. */
export type ErrorType = 'invalid-retry' | 'unknown-field' | 'max-buffer-size-exceeded'

/** A line counts for nothing, or the buffer is full. */
export class ParseError extends Error {
  override name = 'ParseError'
  type: ErrorType
  /** The field's name, for an `unknown-field`. */
  field?: string
  /** The field's value, for a line. */
  value?: string
  /** The whole line, for a line. */
  line?: string

  constructor(
    message?: string,
    options: ErrorOptions & { type?: ErrorType; field?: string; value?: string; line?: string } = {},
  ) {
    super(message, options)
    this.type = options.type ?? 'unknown-field'
    this.field = options.field
    this.value = options.value
    this.line = options.line
  }
}

/** The error for a line whose field nobody knows, or whose `retry` value is not a number. */
export function lineError(type: 'invalid-retry' | 'unknown-field', line: string): ParseError {
  const colon = line.indexOf(':')
  const field = colon < 0 ? line : line.slice(0, colon)
  const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1))
  if (type === 'invalid-retry') return new ParseError(`Invalid \`retry\` value: "${value}"`, { type, value, line })
  const name = field.length > 20 ? `${field.slice(0, 20)}…` : field
  return new ParseError(`Unknown field "${name}"`, { type, field, value, line })
}
