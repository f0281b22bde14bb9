/** Where the repository is, and its server: one and the same for `npm start` and for all tests. */
export { root } from '../../../scripts/setup.mjs'
export { startServer } from '../../../scripts/server.mjs'
