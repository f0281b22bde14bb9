/** Whether a value can have members: an object or a function, of whatever realm. */
export const isObject = (value: unknown): value is object => Object(value) === value
