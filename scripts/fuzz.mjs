/**
 * Fuzzes the parser and the connection with cargo-fuzz, a minute in all unless told otherwise:
 *
 *   node scripts/fuzz.mjs [--seconds 60] [--target parser,connection] [--workers 1]
 *
 * New inputs stay in fuzz/target/; `--keep` adds what reaches new code to the corpus in the repository. It takes a
 * nightly toolchain where there is one, or the one that RUSTUP_TOOLCHAIN names. Where the machine can't fuzz it says why
 * and does nothing: the corpus alone is also run by `cargo test`.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

import { root, run, tools } from './setup.mjs'

/** The version that the targets were written against. */
const CARGO_FUZZ = '0.13.2'

const fuzz = join(root, 'fuzz')
const env = { ...process.env, PATH: `${tools}:${process.env.PATH}` }

/** The targets that fuzz/Cargo.toml names. */
function targets() {
  const manifest = readFileSync(join(fuzz, 'Cargo.toml'), 'utf8')
  return Array.from(manifest.matchAll(/\[\[bin\]\]\nname = "(\w+)"/g), ([, name]) => name)
}

/** What rustc says of itself, in the toolchain that the environment names; undefined where there is none. */
function versionOfRust(environment) {
  const rustc = spawnSync('rustc', ['--version'], { env: environment, encoding: 'utf8' })
  return rustc.status === 0 ? rustc.stdout.trim() : undefined
}

/** cargo-fuzz needs flags for sanitizers and coverage that only nightly takes, or stable where it is told to. */
function chooseToolchain() {
  const nightly = { ...env, RUSTUP_TOOLCHAIN: 'nightly' }
  if (!env.RUSTUP_TOOLCHAIN && versionOfRust(nightly)?.includes('nightly')) Object.assign(env, nightly)
  else env.RUSTC_BOOTSTRAP = '1'
}

/** Why this machine can't fuzz; undefined where it can. */
function obstacle() {
  if (process.platform === 'win32') return 'libFuzzer is not there on Windows'
  return undefined
}

function installCargoFuzz() {
  const path = join(tools, 'cargo-fuzz')
  const found = existsSync(path) ? spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout : ''
  if (found.includes(CARGO_FUZZ)) return
  run('cargo', ['install', 'cargo-fuzz', '--version', CARGO_FUZZ, '--root', '.tools', '--force', '--locked'])
}

/** Fuzzes one target; throws where an input makes it fail, after libFuzzer has shown that input. */
function fuzzTarget(name, { seconds, workers, keep }) {
  const corpus = join(fuzz, 'corpus', name)
  // Its own folder for what it finds: the corpus in the repository grows only when asked to.
  const found = join(fuzz, 'target', 'corpus', name)
  mkdirSync(found, { recursive: true })
  const dictionary = join(fuzz, `${name}.dict`)
  const libFuzzer = [
    `-max_total_time=${seconds}`,
    '-timeout=10',
    '-rss_limit_mb=2048',
    '-max_len=1024',
    '-print_final_stats=1',
  ]
  if (existsSync(dictionary)) libFuzzer.push(`-dict=${dictionary}`)
  if (workers > 1) libFuzzer.push(`-fork=${workers}`)
  run('cargo', ['fuzz', 'run', name, found, corpus, '--', ...libFuzzer], { env })
  if (keep) {
    // The fewest inputs that reach what the corpus does not reach yet.
    // By what code they reach and not by how often, or there would be hundreds.
    run('cargo', ['fuzz', 'run', name, corpus, found, '--', '-set_cover_merge=1', '-use_counters=0'], { env })
  }
  console.log(
    `${name}: ${readdirSync(corpus).length} inputs in the corpus, ${readdirSync(found).length} found in ${found}`,
  )
}

/** Fuzzes targets one after the other; gives whether it could. */
export function fuzzAll({ seconds = 60, names = targets(), workers = 1, keep = false } = {}) {
  const reason = obstacle()
  if (reason) {
    console.log(`SKIPPED: fuzzing. ${reason}`)
    return false
  }
  const unknown = names.filter((name) => !targets().includes(name))
  if (unknown.length > 0) throw new Error(`no such target: ${unknown.join(', ')}; there are ${targets().join(', ')}`)
  installCargoFuzz()
  chooseToolchain()
  console.log(`fuzzing with ${versionOfRust(env)}`)
  const each = Math.max(1, Math.floor(seconds / names.length))
  for (const name of names) fuzzTarget(name, { seconds: each, workers, keep })
  return true
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      target: { type: 'string' },
      workers: { type: 'string', default: '1' },
      keep: { type: 'boolean', default: false },
    },
  })
  const names = values.target?.split(',')
  fuzzAll({ seconds: Number(values.seconds), names, workers: Number(values.workers), keep: values.keep })
}
