import { z } from 'zod'

/** Labels of the Traffic Light Protocol 2.0, the most open first. */
export const TLP_LABELS = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'] as const
export type Tlp = (typeof TLP_LABELS)[number]
export const TlpSchema = z.enum(TLP_LABELS)

/** Id of a STIX object (STIX 2.1, section 2.9): its type and a UUID. */
export const STIX_ID = /^[a-z][a-z0-9-]{1,60}--[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
