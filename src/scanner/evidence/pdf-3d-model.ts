import { U3D_BONE_WEIGHTS, U3D_NEW_OBJECT_TYPE } from '#scanner/formats/u3d.ts'
import { at, type Evidence } from './evidence.ts'

const BYTES_OF_A_SHADING = 12

/**
 * Models whose structure is impossible, where the public accounts of a vulnerability do not say by which field it is reached: candidates only.
 * CVE-2011-2462 is reached by a chain that holds bone weights and a block of a new type; which of their fields does it, nobody wrote down.
 */
export const pdf3dModel: Evidence = {
  id: 'pdf-3d-model',
  candidates: ['CVE-2009-3959', 'CVE-2011-2462', 'CVE-2011-4369'],
  requires: ['a U3D or PRC model whose counts or places do not fit its bytes, or whose chain holds bone weights and blocks of a new type'],
  source: 'ECMA-363, 9.6.1.1 and 9.8.2; ISO 14739-1, 5.4; Adobe APSB10-02, APSB11-30, APSB12-01',
  judge: (facts) =>
    facts.flatMap((fact) => {
      const about = { id: 'pdf-3d-model', kind: 'note' as const, severity: 'medium' as const, attack: [] }
      if (fact.kind === 'u3d') {
        const mesh = fact.u3d.meshes.find(({ shadings, shadingRoom }) => shadings * BYTES_OF_A_SHADING > shadingRoom)
        const bones = fact.u3d.blocks.get(U3D_BONE_WEIGHTS)
        return [
          ...(mesh
            ? [
                {
                  ...about,
                  summary: 'A mesh of a 3D model says that it has more shadings than its block holds.',
                  proof: [
                    { ...at(fact), offset: mesh.offset, field: 'U3D shadings', value: mesh.shadings, limit: Math.trunc(mesh.shadingRoom / BYTES_OF_A_SHADING) },
                  ],
                  candidate: { id: 'CVE-2009-3959', why: 'A count of the mesh overflows, but the public account does not say which one it must be.' },
                },
              ]
            : []),
          ...(bones && fact.u3d.blocks.has(U3D_NEW_OBJECT_TYPE)
            ? [
                {
                  ...about,
                  summary: 'A 3D model has bone weights beside blocks of a type of its own.',
                  proof: [{ ...at(fact), field: 'U3D bone weight blocks', value: bones }],
                  candidate: { id: 'CVE-2011-2462', why: 'These blocks occur together in its known exploit; the field that does it is not public.' },
                },
              ]
            : []),
        ]
      }
      if (fact.kind !== 'prc' || !fact.prc.outside) return []
      const { offset, place } = fact.prc.outside
      return [
        {
          ...about,
          summary: 'A 3D model places a section outside its bytes.',
          proof: [{ ...at(fact), offset, field: 'PRC section offset', value: place }],
          candidate: { id: 'CVE-2011-4369', why: 'The model is malformed, but the public account does not say which field it must be.' },
        },
      ]
    }),
}
