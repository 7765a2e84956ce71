/** What one operation of AWS does: the words that readers of operations share. */
import type { EventAction } from '../../core/event-action.ts';
import type { EventImage, EventPlace, EventProcess, EventRights } from '../../core/event.ts';
import type { JsonObject } from '../../formats/strict-json.ts';

export interface AmazonDeed {
  readonly action: EventAction;
  readonly image?: EventImage;
  readonly place?: EventPlace;
  readonly rights?: EventRights;
  readonly process?: EventProcess;
  readonly target?: string;
}

/** `request` and `response` are never absent; what they lack is. */
export type OperationReader = (request: JsonObject, response: JsonObject, place: EventPlace) => readonly AmazonDeed[];
