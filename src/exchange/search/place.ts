import { z } from 'zod'

/** Where a page ended, as its cursor keeps it. */
export const PlaceSchema = z.tuple([z.number(), z.uuid()])
