/** As a program is whose author changed only the import: it decodes, and feeds strings, which are encoded once more. */
import { createParser } from 'eventsource-wasm/parser'
import { fedWithStrings } from './parser.js'

export const parser = fedWithStrings(createParser)
