/** What www/bench.html takes from the benchmark: the same clients, the same counting, the same heartbeat. */
export { burst } from './burst.js'
export { load } from './receive.js'
