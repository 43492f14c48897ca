import type { App } from '#platform/app.ts'
import type { Route } from '#platform/http/route.ts'
import { listingRoutes } from '#program/membership/directory/listing-routes.ts'
import { publicRoutes } from '#program/membership/directory/public-routes.ts'
import { statementRoutes } from '#program/membership/directory/statement-routes.ts'

export function routes(app: App): Route[] {
  return [...publicRoutes(app), ...statementRoutes(app), ...listingRoutes(app)]
}
