/** What many rounds say together. tinybench computes it, from durations that were measured elsewhere. */
import { Bench } from 'tinybench'

/** Median, and the spread around it: the median of the distances from it, as a share of it. */
export async function summary(samples) {
  let index = 0
  const bench = new Bench({ iterations: samples.length, time: 0, warmup: false, retainSamples: true })
  bench.add('samples', () => ({ overriddenDuration: samples[index++] }))
  const [task] = await bench.run()
  const { p50, mad, min, max } = task.result.latency
  return { median: p50, spread: mad / p50, min, max, rounds: samples.length }
}

/** Each round's value over that of the same round of another: what slows the machine for a while slows both. */
export async function ratio(samples, others) {
  const rounds = Math.min(samples.length, others.length)
  return summary(Array.from({ length: rounds }, (_, round) => samples[round] / others[round]))
}
