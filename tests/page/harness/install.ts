/** First in every worker's bundle: the class under test must be there before a test file is evaluated. */
import { installInWorker } from './scope'

installInWorker()
