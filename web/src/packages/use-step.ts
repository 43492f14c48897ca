import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query'
import { PackageView } from '#program/packages/contract.ts'
import { post } from '../api/client.ts'
import { packageQuery, packagesQuery, type Package } from './packages.ts'

/** A step of a version's way: `POST /api/packages/:id/{step}`. Afterwards every page shows the version as it is then. */
export function useStep<T>(id: string, step: string, body: (values: T) => unknown, onDone: () => void): UseMutationResult<Package, Error, T> {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (values: T) => post(PackageView, `/api/packages/${id}/${step}`, body(values)),
    onSuccess: async (version) => {
      queries.setQueryData(packageQuery(id).queryKey, version)
      onDone()
      // Its versions, decisions and holders too.
      await queries.invalidateQueries({ queryKey: packagesQuery.queryKey })
    },
    // What was refused is often no longer as it was read.
    onError: () => queries.invalidateQueries({ queryKey: packageQuery(id).queryKey, exact: true }),
  })
}
