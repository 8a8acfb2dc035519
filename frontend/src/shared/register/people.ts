import { useQuery } from '@tanstack/react-query';

import { peopleQuery } from '@/api/queries';

/** The name of whoever has an id; the id where the name is not known. */
export function usePeople(): (person: string) => string {
  const { data } = useQuery(peopleQuery);
  return (person) => data?.find((one) => one.id === person)?.name || person;
}
