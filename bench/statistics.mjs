/** What many rounds say together. tinybench computes it, from durations that were measured elsewhere. */
import { Bench } from 'tinybench'

/** Median, and the spread around it: the median distance from it, as a share of it. Rounds left out are undefined. */
export async function summary(rounds) {
  const samples = rounds.filter((sample) => sample !== undefined)
  if (samples.length === 0 || !samples.every(Number.isFinite)) throw new Error(`no measurements: ${samples.join()}`)
  // A duration can't be negative; a latency by two clocks can.
  const shift = Math.min(0, ...samples)
  let index = 0
  const bench = new Bench({ iterations: samples.length, time: 0, warmup: false })
  // Unless it is told, it calls once more to find out whether this is asynchronous.
  bench.add('samples', () => ({ overriddenDuration: samples[index++] - shift }), { async: false })
  const [task] = await bench.run()
  const { p50, p99, mad, min, max } = task.result.latency
  const median = p50 + shift
  return {
    median,
    spread: median === 0 ? 0 : mad / Math.abs(median),
    p99: p99 + shift,
    min: min + shift,
    max: max + shift,
    rounds: samples.length,
  }
}

/** Each round's value over that of the same round of another: what slows the machine for a while slows both. */
export async function ratio(samples, others) {
  const quotients = samples.map((sample, round) =>
    sample === undefined || others[round] === undefined ? undefined : sample / others[round],
  )
  return summary(quotients)
}

/** For tables: three significant digits. */
export function rounded(value) {
  return value === undefined ? undefined : Number(value.toPrecision(3))
}
