import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/**
 * Lists of packages that cost what they show, not what is stored. A policy that asks whether a row exists may be answered by reading all of
 * them at once; one that asks for a value is answered by the key. And an index serves row-level security only through operators that
 * cannot leak, of which equality is one and the overlap of arrays is not: so a version's products have rows of their own.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const OWN = 'is_system() or operator_id = current_operator()'
const shown = (where: string) => `current_organisation() is not null and (select true from package_version v where ${where} limit 1)`

const STATEMENTS = [
  `drop policy package_select on package`,
  `create policy package_select on package for select using (${shown('v.package_id = package.id')})`,
  `drop policy approval_select on approval`,
  `create policy approval_select on approval for select
     using (${shown('v.package_id = approval.package_id and v.version = approval.version and v.approval_id = approval.id')})`,

  // product_tags of a version, one row for each: written by the database alone.
  `create table package_version_product (
     tag bytea not null,
     package_id uuid not null,
     version integer not null,
     operator_id uuid not null references operator,
     primary key (tag, package_id, version),
     foreign key (package_id, version) references package_version)`,
  `create index package_version_product_version on package_version_product (package_id, version)`,
  ...secure('package_version_product', 'select, insert, delete', {
    all: OWN,
    select: shown('v.package_id = package_version_product.package_id and v.version = package_version_product.version'),
  }),
  `insert into package_version_product select distinct unnest(product_tags), package_id, version, operator_id from package_version`,
  `create function products_of_version() returns trigger language plpgsql as $$
   begin
     delete from package_version_product p where p.package_id = new.package_id and p.version = new.version and p.tag <> all(new.product_tags);
     insert into package_version_product select distinct unnest(new.product_tags), new.package_id, new.version, new.operator_id on conflict do nothing;
     return null;
   end $$`,
  `create trigger package_version_product after insert or update of product_tags on package_version
     for each row execute function products_of_version()`,
]
