/** An action → one line, for tests: `run /tmp/x -o y (sudo) <download:http://…> ?&*` with marks for conditional, background, repeated. */
import type { Action } from '../../src/formats/records/action.ts';

export const actionText = (action: Action): string =>
  [
    action.kind,
    action.what,
    ...(action.from === undefined || action.from === action.what ? [] : [`from ${action.from}`]),
    ...(action.to === undefined || action.to === action.what ? [] : [`to ${action.to}`]),
    // What a download or a connection was told is in `from` and `to`.
    ...(['run', 'install', 'kill', 'make-executable', 'service'].includes(action.kind) ? action.arguments : []),
    ...(action.through.length === 0 ? [] : [`(${action.through.join(' ')})`]),
    ...(action.origins.length === 0
      ? []
      : [`<${action.origins.map(({ kind, from }) => `${kind}:${from}`).join(' ')}>`]),
    ...(action.givesShell === true ? ['SHELL'] : []),
    ...(action.conditional || action.background || action.repeats
      ? [`${action.conditional ? '?' : ''}${action.background ? '&' : ''}${action.repeats ? '*' : ''}`]
      : []),
  ].join(' ');
