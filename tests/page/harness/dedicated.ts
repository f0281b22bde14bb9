/** The dedicated worker's bootstrap: runs the bodies at once and posts the reports to the page. */
import { runScope } from './scope'

void runScope((report) => postMessage(report))
