/**
 * One run in one global scope: puts the class under test in place, runs the bodies and posts every result.
 * Which bodies there are is the bundle's affair; who reads the results is that of window.ts.
 */
import { config, native } from './config'
import { durationOf, performAll, unsteadiness } from './bdd'
import { unexpected } from './uncaught'

declare const mocha: BrowserMocha & { grep(pattern: RegExp): void }
declare function importScripts(...urls: string[]): void

export interface Result {
  title: string
  passed: boolean
  message: string
  milliseconds: number
  /** What it failed with beside others, where it passed alone. */
  unsteady?: string
}

export type Report = { kind: 'result'; result: Result } | { kind: 'done'; count: number }

/** In a worker the class must come before anything else runs, as a site would have it. */
export function installInWorker(): void {
  if (!native) importScripts(config.source)
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const details = error as Error & { showDiff?: boolean; expected?: unknown; actual?: unknown }
  const difference =
    details.showDiff === true
      ? `\n  expected: ${JSON.stringify(details.expected)}\n  actual:   ${JSON.stringify(details.actual)}`
      : ''
  const stack = (error.stack ?? '').split('\n').filter((line) => line.includes('/build/page/'))
  return `${error.name}: ${error.message}${difference}\n${stack.join('\n')}`
}

export async function runScope(post: (report: Report) => void): Promise<void> {
  const pattern = new RegExp(config.grep)
  let count = 0
  const result = (one: Result): void => {
    count++
    post({ kind: 'result', result: one })
  }
  mocha.grep(pattern)
  const performed = performAll(pattern)
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve())
    runner.on('pass', (test) => {
      const error = unsteadiness(test)
      const unsteady = error === undefined ? {} : { unsteady: messageOf(error) }
      result({ title: test.fullTitle(), passed: true, message: '', milliseconds: durationOf(test), ...unsteady })
    })
    runner.on('fail', (test, error: unknown) =>
      result({
        title: test.fullTitle(),
        passed: false,
        message: messageOf(error),
        milliseconds: durationOf(test as Mocha.Test),
      }),
    )
  })
  await performed
  const surprises = unexpected()
  result({
    title: 'the scope saw no error and no rejection that no test expected',
    passed: surprises.length === 0,
    message: surprises.join('\n'),
    milliseconds: 0,
  })
  post({ kind: 'done', count })
}
