import { z } from 'zod'

const INSTANT = z.iso.datetime()

/** What an answer looks like after JSON: the server's schemas turn a Date into text, so here the text itself is checked. */
export type Wire<S extends z.ZodType> = z.ZodType<z.output<S>>

/**
 * The schema of a contract as the browser reads it: the same shape, with each `Date → ISO text` step
 * replaced by a check of the ISO text. Everything else, and so its output type, stays as it is.
 */
export function wire<S extends z.ZodType>(schema: S): Wire<S> {
  return convert(schema) as Wire<S>
}

function convert(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodObject) return z.object(Object.fromEntries(Object.entries(schema.shape).map(([key, field]) => [key, convert(field as z.ZodType)])))
  if (schema instanceof z.ZodUnion) return z.union(schema.options.map((option) => convert(option as z.ZodType)))
  if (schema instanceof z.ZodArray) return z.array(convert(schema.element as z.ZodType))
  if (schema instanceof z.ZodNullable) return z.nullable(convert(schema.unwrap() as z.ZodType))
  if (schema instanceof z.ZodOptional) return z.optional(convert(schema.unwrap() as z.ZodType))
  if (schema instanceof z.ZodPipe && schema.in instanceof z.ZodDate) return INSTANT
  return schema
}
