import type { App } from '#platform/app.ts'
import type { Route } from '#platform/http/route.ts'
import { applicantRoutes } from '#program/membership/applications/applicant-routes.ts'
import { renewalRoutes } from '#program/membership/applications/renewal-routes.ts'
import { reviewRoutes } from '#program/membership/applications/review-routes.ts'

export function routes(app: App): Route[] {
  return [...applicantRoutes(app), ...renewalRoutes(app), ...reviewRoutes(app)]
}
