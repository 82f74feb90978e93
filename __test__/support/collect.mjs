/** The pages of a listing. */
export async function pagesOf(listing) {
  const pages = []
  for await (const page of listing) pages.push(page)
  return pages
}

/** The objects of a listing. */
export const collect = async (listing) => (await pagesOf(listing)).flat()

/** The keys of a listing. */
export const keysOf = async (listing) => (await collect(listing)).map(({ Key }) => Key)
