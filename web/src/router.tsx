import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod'
import { AccountPage } from './account/account-page.tsx'
import { HomePage } from './home/home-page.tsx'
import { InboxPage } from './inbox/inbox-page.tsx'
import { ErrorPage } from './shell/error-page.tsx'
import { LoadingPage } from './shell/loading-page.tsx'
import { NotFoundPage } from './shell/not-found-page.tsx'
import { SignedIn } from './shell/signed-in.tsx'
import { SignInPage } from './sign-in/sign-in-page.tsx'
import { WelcomePage } from './sign-in/welcome-page.tsx'

const text = z.string().optional().catch(undefined)

const root = createRootRoute({ notFoundComponent: NotFoundPage })
const signedIn = createRoute({ getParentRoute: () => root, id: 'signed-in', component: SignedIn, errorComponent: ErrorPage, notFoundComponent: NotFoundPage })

const tree = root.addChildren([
  createRoute({
    getParentRoute: () => root,
    path: '/sign-in',
    component: SignInPage,
    validateSearch: z.object({ next: text, organisation: text, refused: text }),
  }),
  createRoute({ getParentRoute: () => root, path: '/welcome', component: WelcomePage }),
  createRoute({ getParentRoute: () => root, path: '/apply', component: lazyRouteComponent(() => import('./apply/apply-page.tsx'), 'ApplyPage') }),
  signedIn.addChildren([
    createRoute({ getParentRoute: () => signedIn, path: '/', component: HomePage }),
    createRoute({ getParentRoute: () => signedIn, path: '/guide', component: lazyRouteComponent(() => import('./guide/guide-page.tsx'), 'GuidePage') }),
    createRoute({ getParentRoute: () => signedIn, path: '/inbox', component: InboxPage }),
    createRoute({ getParentRoute: () => signedIn, path: '/account', component: AccountPage, validateSearch: z.object({ identity: text }) }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/sign-in-settings',
      component: lazyRouteComponent(() => import('./identity/sign-in-settings-page.tsx'), 'SignInSettingsPage'),
      validateSearch: z.object({ test: text }),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/packages',
      component: lazyRouteComponent(() => import('./packages/packages-page.tsx'), 'PackagesPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/packages/$id',
      component: lazyRouteComponent(() => import('./packages/package-page.tsx'), 'PackagePage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/packages/$id/edit',
      component: lazyRouteComponent(() => import('./packages/edit-package-page.tsx'), 'EditPackagePage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/members',
      component: lazyRouteComponent(() => import('./members/members-page.tsx'), 'MembersPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/members/$id',
      component: lazyRouteComponent(() => import('./members/member-page.tsx'), 'MemberPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/collections',
      component: lazyRouteComponent(() => import('./collections/collections-page.tsx'), 'CollectionsPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/collections/$id',
      component: lazyRouteComponent(() => import('./collections/collection-page.tsx'), 'CollectionPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/remotes',
      component: lazyRouteComponent(() => import('./remotes/remotes-page.tsx'), 'RemotesPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/remotes/$id',
      component: lazyRouteComponent(() => import('./remotes/remote-page.tsx'), 'RemotePage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/webhooks',
      component: lazyRouteComponent(() => import('./webhooks/webhooks-page.tsx'), 'WebhooksPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/releases',
      component: lazyRouteComponent(() => import('./releases/releases-page.tsx'), 'ReleasesPage'),
    }),
    createRoute({ getParentRoute: () => signedIn, path: '/embargo', component: lazyRouteComponent(() => import('./embargo/embargo-page.tsx'), 'EmbargoPage') }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/releases/$id',
      component: lazyRouteComponent(() => import('./releases/cycle-page.tsx'), 'CyclePage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/calendar-rules',
      component: lazyRouteComponent(() => import('./calendar-rules/calendar-rules-page.tsx'), 'CalendarRulesPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/indicators',
      component: lazyRouteComponent(() => import('./exchange/indicators-page.tsx'), 'IndicatorsPage'),
    }),
    createRoute({ getParentRoute: () => signedIn, path: '/search', component: lazyRouteComponent(() => import('./search/search-page.tsx'), 'SearchPage') }),
    createRoute({ getParentRoute: () => signedIn, path: '/look-up', component: lazyRouteComponent(() => import('./search/look-up-page.tsx'), 'LookUpPage') }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/objects/$id',
      component: lazyRouteComponent(() => import('./objects/object-page.tsx'), 'ObjectPage'),
    }),
    createRoute({ getParentRoute: () => signedIn, path: '/gaps', component: lazyRouteComponent(() => import('./exchange/gaps-page.tsx'), 'GapsPage') }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/scanner',
      component: lazyRouteComponent(() => import('./scanner/scanner-page.tsx'), 'ScannerPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/scanner/$id',
      component: lazyRouteComponent(() => import('./scanner/submission-page.tsx'), 'SubmissionPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/scanner/$id/detonations/$detonation',
      component: lazyRouteComponent(() => import('./detonation/detonation-page.tsx'), 'DetonationPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/machines',
      component: lazyRouteComponent(() => import('./machines/machines-page.tsx'), 'MachinesPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/zero-day-candidates',
      component: lazyRouteComponent(() => import('./candidates/candidates-page.tsx'), 'CandidatesPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/yara-sets',
      component: lazyRouteComponent(() => import('./yara-sets/yara-sets-page.tsx'), 'YaraSetsPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/yara-sets/$id',
      component: lazyRouteComponent(() => import('./yara-sets/yara-set-page.tsx'), 'YaraSetPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/agreement',
      component: lazyRouteComponent(() => import('./agreements/agreement-page.tsx'), 'AgreementPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/agreements',
      component: lazyRouteComponent(() => import('./agreements/agreements-page.tsx'), 'AgreementsPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/listing',
      component: lazyRouteComponent(() => import('./directory/listing-page.tsx'), 'ListingPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/public-pages',
      component: lazyRouteComponent(() => import('./directory/public-pages-page.tsx'), 'PublicPagesPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/members/import',
      component: lazyRouteComponent(() => import('./member-imports/import-page.tsx'), 'ImportPage'),
    }),
    createRoute({ getParentRoute: () => signedIn, path: '/people', component: lazyRouteComponent(() => import('./people/people-page.tsx'), 'PeoplePage') }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/contacts',
      component: lazyRouteComponent(() => import('./contacts/contacts-page.tsx'), 'ContactsPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/organisation',
      component: lazyRouteComponent(() => import('./organisation/organisation-page.tsx'), 'OrganisationPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/applications',
      component: lazyRouteComponent(() => import('./applications/applications-page.tsx'), 'ApplicationsPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/applications/$id',
      component: lazyRouteComponent(() => import('./applications/application-page.tsx'), 'ApplicationPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/criteria',
      component: lazyRouteComponent(() => import('./criteria/criteria-page.tsx'), 'CriteriaPage'),
    }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/renewals',
      component: lazyRouteComponent(() => import('./apply/renewals-page.tsx'), 'RenewalsPage'),
    }),
    createRoute({ getParentRoute: () => signedIn, path: '/outbox', component: lazyRouteComponent(() => import('./outbox/outbox-page.tsx'), 'OutboxPage') }),
    createRoute({
      getParentRoute: () => signedIn,
      path: '/log',
      component: lazyRouteComponent(() => import('./log/log-page.tsx'), 'LogPage'),
      validateSearch: z.object({ action: text, actor: text, subject: text, from: text, to: text, leaf: z.number().int().min(0).optional().catch(undefined) }),
    }),
    createRoute({ getParentRoute: () => signedIn, path: '$', component: NotFoundPage }),
  ]),
])

export const router = createRouter({
  routeTree: tree,
  defaultErrorComponent: ErrorPage,
  defaultPendingComponent: LoadingPage,
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
