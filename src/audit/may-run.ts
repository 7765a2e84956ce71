/** A file that could not be examined → whether it is, or may be, something that runs. In doubt it does: a Gap in a program is never accepted by default. */
import { isProgram, type FileKind } from '../core/file-kind.ts';

/** Names by which loaders, interpreters and package managers know what they run. Only ever makes a Gap more serious. */
const programName =
  /\.(?:jar|war|ear|jmod|whl|egg|pyz|py[cdo]?|js|[cm]js|node|rb|pl|pm|php|lua|sh|bash|ps1|psm1|bat|cmd|vbs|exe|dll|sys|class|wasm|ko|so(?:\.[0-9.]+)?|deb|rpm|apk|gem|nupkg)$/i;

/** `path` may lead into archives: one that runs makes all of its members such. */
export const mayRun = (path: string, mode: number, kind: FileKind | undefined): boolean =>
  (mode & 0o111) !== 0 ||
  (kind !== undefined && isProgram(kind)) ||
  path.split('!/').some((part) => programName.test(part));
