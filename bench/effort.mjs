/** How much is measured: everything, or as much as two minutes allow. */

export const FULL = {
  // Not fewer: in an order that is new in each, ratios of single rounds scatter.
  rounds: 11,
  /** So many that what a connection costs by itself is little of it. */
  events: 30_000,
  parserBytes: 2 << 20,
  parserRounds: 60,
  parserBudget: 2000,
  freshPages: 60,
  coldShapes: ['tick30', 'llm110', 'chinese'],
  latencyEvents: 1000,
  latencyRounds: 5,
  burst: 100_000,
  burstRounds: 5,
  memoryEvents: 1_000_000,
  memoryRounds: 3,
}

export const QUICK = {
  ...FULL,
  rounds: 5,
  parserBudget: 300,
  freshPages: 3,
  coldShapes: ['llm110'],
  latencyEvents: 500,
  latencyRounds: 2,
  burst: 50_000,
  burstRounds: 2,
  memoryEvents: 200_000,
  memoryRounds: 1,
  shapes: ['tick30', 'llm110', 'chinese', 'unlistened'],
  chunks: [1400],
}

/** Whoever asks for one cell wants to know it well. */
export const ONE_CELL_ROUNDS = 15
