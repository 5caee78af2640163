// What a person is shown where an answer is not the one that was hoped for.

import type { BookRoomMutation } from "./gql/graphql.js";

export function shown(problem: { message: string; remedy: string | null }): string {
  return problem.remedy ? `${problem.message} ${problem.remedy}` : problem.message;
}

export function told(result: BookRoomMutation["bookRoom"]): string {
  switch (result.__typename) {
    case "RoomsBooked":
      return `Asked: ${result.bookings.map((booking) => booking.room.name).join(", ")}`;
    case "InvalidInput":
      return `${result.field}: ${result.message}`;
    case "ConnectionRequired":
    case "ReconnectRequired":
      return `${result.message} Connect your calendar.`;
    default:
      // Every other problem, and those that do not exist yet. Without the first case this would not compile.
      return shown(result);
  }
}
