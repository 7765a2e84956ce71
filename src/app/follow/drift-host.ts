/** Which processes among those of a container are not in it: the runtime that makes it, and the hooks that it runs on the host before and after. */
import type { Event } from '../../core/event.ts';
import { BoundedMap } from '../../detect/incidents/bounded-map.ts';

const rememberedProcesses = 20_000;

const runtimes = ['runc', 'crun', 'youki'] as const;

/** The runtime, as it enters the container: from a copy of itself in memory or behind /proc, never from a file of the image. */
const entering = /^(?:\S*\/)?(?:runc|crun|youki) init$/;

/**
 * What makes, starts and removes a container, and whose children are hooks. `exec` and `run` have the container's own programs as children.
 * Only options stand before the word. No text can be read in two ways.
 */
const making =
  /^(?:\S*\/)?(?:runc|crun|youki)(?:\s+-{1,2}\w[\w-]{0,40}(?:=\S+|\s+[^-\s]\S*)?){0,20}?\s+(?:create|start|delete|kill|state)(?:\s|$)/;

export interface HostSide {
  /**
   * In the order of events. True: what runs is the runtime's or the host's, not the container's. `isOfImage`: the image holds a program
   * of that name. Whoever is in the container can call himself a runtime: what a process of it starts is never taken for one.
   */
  isHost(event: Event, isOfImage: () => boolean): boolean;
}

/** Those who know a container by ancestors alone take such processes for its own; who knows it by its control group does not. */
export const openHostSide = (): HostSide => {
  /** On the host: makers of containers, hooks, and what these start. */
  const outside = new BoundedMap<true>(rememberedProcesses);
  /** In a container, with the parent: numbers of processes are given again. */
  const inside = new BoundedMap<number | undefined>(rememberedProcesses);

  const judge = (line: string, parent: string | undefined): 'entering' | 'making' | 'hook' | undefined => {
    if (runtimes.some((name) => line.includes(name))) {
      if (entering.test(line)) return 'entering';
      if (making.test(line)) return 'making';
    }
    return parent !== undefined && outside.get(parent) === true ? 'hook' : undefined;
  };

  return {
    isHost: ({ process, place }, isOfImage) => {
      if (process === undefined) return false;
      const { id, parentId, commandLine = '' } = process;
      const keyOf = (number: number): string => `${place.host ?? ''} ${number}`;
      const own = id === undefined ? undefined : keyOf(id);
      const parent = parentId === undefined ? undefined : keyOf(parentId);
      const isInside =
        (parent !== undefined && inside.has(parent)) ||
        (own !== undefined && inside.has(own) && inside.get(own) === parentId);
      const judged = isInside ? undefined : judge(commandLine.slice(0, 4096), parent);
      const found = judged !== undefined && isOfImage() ? undefined : judged;
      if (own !== undefined && found !== 'entering') {
        if (found === undefined) outside.delete(own);
        else outside.set(own, true);
        if (found === undefined && (place.containerId !== undefined || place.pod !== undefined))
          inside.set(own, parentId);
        else inside.delete(own);
      }
      return found !== undefined;
    },
  };
};
