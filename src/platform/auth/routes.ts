import type { App } from '#platform/app.ts'
import { accountRoutes } from '#platform/auth/account-routes.ts'
import { peopleRoutes } from '#platform/auth/people-routes.ts'
import { roleChangeRoutes } from '#platform/auth/role-change-routes.ts'
import { signInRoutes } from '#platform/auth/sign-in-routes.ts'
import type { Route } from '#platform/http/route.ts'

/** Identity: signing in, one's own account, other people's accounts. */
export function routes(app: App): Route[] {
  return [...signInRoutes(app), ...accountRoutes(app), ...peopleRoutes(app), ...roleChangeRoutes(app)]
}
