/** The form of `enrichment` of `watch:` in `tidewaiter.yaml`. */
import * as z from 'zod';
import { isRegion } from '../../watch/enrichment/question.ts';

const name = z.string().min(1).max(256);
export const cloudSecret = z
  .union([z.strictObject({ variable: name }), z.strictObject({ file: z.string().min(1).max(4096) })])
  .describe('where it stands: a variable or a file');
const endpoint = z.url({ protocol: /^https?$/ }).optional();
const rate = z.number().min(0.1).max(100).optional().describe('questions; 5 where nothing is said');

export const enrichmentSchema = z
  .strictObject({
    aws: z
      .array(
        z.strictObject({
          account: z.string().regex(/^\d{12}$/, 'the twelve digits of the account, in quotes'),
          regions: z.array(z.string().refine(isRegion, 'a region, such as eu-central-1')).min(1).max(100),
          'access-key': cloudSecret,
          'secret-key': cloudSecret,
          'session-token': cloudSecret.optional(),
          role: z
            .string()
            .regex(/^arn:aws[a-z-]{0,10}:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, 'arn:aws:iam::ACCOUNT:role/NAME')
            .optional()
            .describe('of the account, where the key is of another one'),
          'external-id': z
            .string()
            .regex(/^[\w+=,.@:/-]{2,1224}$/)
            .optional(),
          'sts-endpoint': endpoint.describe(
            'instead of https://sts.REGION.amazonaws.com, with the first of the regions',
          ),
          endpoint: endpoint.describe('instead of https://ec2.REGION.amazonaws.com, for all regions'),
          'per-second': rate,
        }),
      )
      .max(1000)
      .optional(),
    google: z
      .array(
        z.strictObject({
          projects: z.array(name).min(1).max(1000).describe('in which machines are launched'),
          key: cloudSecret.describe('the JSON file of a service account'),
          endpoint: endpoint.describe('instead of https://compute.googleapis.com'),
          'token-endpoint': endpoint.describe('instead of https://oauth2.googleapis.com/token'),
          'per-second': rate,
        }),
      )
      .max(1000)
      .optional(),
    azure: z
      .array(
        z.strictObject({
          subscriptions: z.array(z.guid()).min(1).max(1000),
          tenant: z.string().regex(/^[\w.-]{1,128}$/),
          client: name,
          secret: cloudSecret,
          endpoint: endpoint.describe('instead of https://management.azure.com'),
          authority: endpoint.describe('instead of https://login.microsoftonline.com'),
          'per-second': rate,
        }),
      )
      .max(1000)
      .optional(),
  })
  .describe('owner, age and start-up script of machines and their images are asked for by API');

export type EnrichmentSetting = z.output<typeof enrichmentSchema>;
