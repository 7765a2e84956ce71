/** The scanning process's end of the socket to its auditor. */
import { Socket } from 'node:net';
import { encodeMessage } from './frames.ts';
import type { FromChild } from './protocol.ts';

/** The socket that the auditor opened for us. */
const channelDescriptor = 3;

export class AuditorLink {
  readonly socket = new Socket({ fd: channelDescriptor, readable: true, writable: true });

  send(message: FromChild): void {
    if (!this.socket.destroyed) this.socket.write(encodeMessage(message));
  }

  /** Resolves when the auditor keeps up. */
  async drained(): Promise<void> {
    if (!this.socket.writableNeedDrain || this.socket.destroyed) return;
    await new Promise<void>((resolve) => this.socket.once('drain', resolve));
  }
}
