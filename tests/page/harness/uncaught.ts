/**
 * Keeps what reaches the scope's `error` and `unhandledrejection` events. A test that throws on purpose announces the
 * error here; everything else fails the run at its end, for a library must leave no rejection unhandled.
 */

interface Expected {
  matches: (thrown: unknown) => boolean
  resolve: (event: ErrorEvent) => void
}

const expected: Expected[] = []
const surprises: string[] = []

function describe(reason: unknown): string {
  return reason instanceof Error ? `${reason.name}: ${reason.message}\n${reason.stack ?? ''}` : String(reason)
}

// Registered before mocha sets its own handler, which would blame whichever test it happens to be at.
globalThis.addEventListener('error', (event: ErrorEvent) => {
  event.stopImmediatePropagation()
  event.preventDefault()
  const index = expected.findIndex((one) => one.matches(event.error))
  if (index >= 0) expected.splice(index, 1)[0]!.resolve(event)
  else surprises.push(`uncaught: ${event.error === undefined ? event.message : describe(event.error)}`)
})

globalThis.addEventListener('unhandledrejection', (event: PromiseRejectionEvent) => {
  event.stopImmediatePropagation()
  event.preventDefault()
  surprises.push(`unhandled rejection: ${describe(event.reason)}`)
})

/** Resolves with the scope's `error` event for the value that a listener is about to throw. */
export function expectsUncaught(thrown: unknown): Promise<ErrorEvent> {
  return expectsUncaughtFrom((value) => value === thrown)
}

/** The same for an error that the engine makes. */
export function expectsUncaughtFrom(matches: (thrown: unknown) => boolean): Promise<ErrorEvent> {
  return new Promise((resolve) => expected.push({ matches, resolve }))
}

/** What nobody announced. */
export function unexpected(): string[] {
  return surprises
}
