/** What every call of a board tool needs beside its door: one file of the bundle, which many files share. */

import '../config/load.ts';
import '../tasks/find-file.ts';
import '../tasks/open.ts';

export { boardTools } from '../tools/board-tools.ts';
export { callOnce, parseCallArguments } from './call.ts';
export { withExitCode } from './output.ts';
