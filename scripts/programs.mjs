/** Where the browsers and their drivers are, and how Chromium is started: for whoever tests or measures in one. */

import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import { tools } from './setup.mjs'

/** A program's path: an environment variable's, the project's own, one in these folders, or the machine's. */
export function program(variable, names, folders = []) {
  if (process.env[variable]) return process.env[variable]
  const places = [tools, ...folders, ...(process.env.PATH ?? '').split(delimiter)]
  const found = names.flatMap((name) => places.map((place) => join(place, name))).find((path) => existsSync(path))
  if (!found) throw new Error(`${names.join(' or ')} is not installed (${variable} may name it)`)
  return found
}

export const chromium = () => program('CHROMIUM', ['chromium', 'chromium-browser', 'google-chrome'])
export const firefox = () => program('FIREFOX', ['firefox-esr', 'firefox'])

/** Without a window, also as root, and with nothing of the browser's own on the wire or the cores. */
export const CHROMIUM_ARGUMENTS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]
