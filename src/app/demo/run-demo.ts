/** Builds the demo's images in a temporary folder and judges each. Needs no network and keeps no memory. */
import { stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../core/context.ts';
import { digestHex } from '../../core/digest.ts';
import type { Verdict } from '../../core/verdict.ts';
import { buildImage, writeOciLayout } from '../../image/oci-layout-writer.ts';
import { openInspector } from '../inspect.ts';
import type { Settings } from '../settings.ts';
import { demoImages, type DemoImage } from './images.ts';

export interface DemoResult {
  readonly image: DemoImage;
  readonly verdict: Verdict;
  readonly asAnnounced: boolean;
}

/** Writes one demo image as an OCI layout. Returns the reference under which it can be scanned. */
export const writeDemoImage = async (folder: string, demo: DemoImage): Promise<string> => {
  const directory = join(folder, demo.name);
  const image = buildImage(demo.image);
  await writeOciLayout(directory, image, 'demo');
  const topmost = image.layerDigests.at(-1);
  if (demo.cutBytes !== undefined && topmost !== undefined) {
    const blob = join(directory, 'blobs', 'sha256', digestHex(topmost));
    const { size } = await stat(blob);
    await truncate(blob, size - demo.cutBytes);
  }
  return `oci:${directory}:demo`;
};

/** Yields each result as soon as it is known. */
export async function* runDemo(settings: Settings, context: Context): AsyncGenerator<DemoResult> {
  const folder = await context.temporaryFolder();
  await using inspector = await openInspector({ ...settings, cache: false, offline: true }, context);
  for (const image of demoImages) {
    const [verdict] = await inspector.inspect(await writeDemoImage(folder, image));
    if (verdict === undefined) throw new Error(`the demo image ${image.name} gave no verdict`);
    yield { image, verdict, asAnnounced: verdict.assessment === image.announced };
  }
}
