import { createParser } from 'eventsource-parser'
import { fedWithStrings } from './parser.js'

export const parser = fedWithStrings(createParser)
