/** What can happen to an image, a container, a machine or a process: the closed list that every sensor maps its own words to. */

/**
 * One word for one deed, whoever saw it. The thing it was done to is told by the event's image and place.
 *
 * Images in registries and engines
 * - `pull` fetched from a registry; also a manifest read by a client
 * - `push` stored in a registry
 * - `build` made by a build; `commit` made of a container's file system
 * - `load` taken into an engine from a file; `save` written to a file
 * - `tag` a name was given; `untag` a name was taken away
 *
 * Containers, pods and what makes them
 * - `create` made; also a workload, a task definition or a service that will make some
 * - `start` runs; `stop` ran to its end, was stopped or died
 * - `exec` a process began, in a container or on a host; `exit` a process ended
 * - `attach` somebody took hold of a running container's input and output
 * - `copy` a file went into or out of a container
 *
 * Machine images and machines
 * - `image-register` an image came to be: registered, created, imported
 * - `image-copy` copied to another region or project
 * - `image-share` given to others, or made public
 * - `image-search` images were looked up by name, owner or id
 * - `launch` a machine was made of an image, or will be: templates, groups and fleets are `create`
 * - `user-data` the start-up script of a machine was set or read
 * - `learn` a cloud was asked about an earlier event's image or machine; actor, place and time are those of that event
 *
 * Anything
 * - `delete` removed; `change` altered; `read` looked at
 * - `write` a file or a secret was written
 * - `connect` a connection went out; `listen` one is waited for; `resolve` a name was asked for
 * - `login` somebody identified himself; `grant` rights were given
 * - `fail` what was tried did not work: a pull that failed, a container that crashes again and again
 * - `name` an image was named by a person or program that did nothing with it: chat, mail, tickets
 * - `judge` an image was judged here, or was to be and could not (`failure`); a feed names one that was here before
 * - `other` something of the record's kind that none of these is
 */
export const eventActions = [
  'pull',
  'push',
  'build',
  'commit',
  'load',
  'save',
  'tag',
  'untag',
  'create',
  'start',
  'stop',
  'exec',
  'exit',
  'attach',
  'copy',
  'image-register',
  'image-copy',
  'image-share',
  'image-search',
  'launch',
  'user-data',
  'learn',
  'delete',
  'change',
  'read',
  'write',
  'connect',
  'listen',
  'resolve',
  'login',
  'grant',
  'fail',
  'name',
  'judge',
  'other',
] as const;

export type EventAction = (typeof eventActions)[number];
