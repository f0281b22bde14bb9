/** Whether a value can have members: an object or a function, of whatever realm. */
export const isObject = (value: unknown): value is object => {
  return Object(value) === value
}
