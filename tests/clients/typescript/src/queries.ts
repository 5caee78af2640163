// Every document of this front end, typed by the schema: `npm run generate` after each change.

import { graphql } from "./gql/gql.js";

export const AGENDA = graphql(`
  query Agenda($from: DateTime!, $to: DateTime!, $after: String) {
    agenda(from: $from, to: $to) {
      __typename
      ... on Agenda {
        events(first: 20, after: $after) {
          totalCount
          nodes {
            id
            subject
            start { dateTime date timeZone }
            rooms { name state }
            attendeeSummary { atEventBuilding elsewhere unknown }
          }
          pageInfo { hasNextPage endCursor }
        }
        problems { message remedy }
      }
      ... on InvalidInput { field }
      ... on Problem { code message remedy retryable }
    }
  }
`);

export const ROOM_BY_NAME = graphql(`
  query RoomByName($name: String!) {
    rooms(filter: { search: $name, pairing: PAIRED }, first: 1) {
      nodes { id name capacity }
    }
  }
`);

export const BOOK_ROOM = graphql(`
  mutation BookRoom($input: BookRoomInput!) {
    bookRoom(input: $input) {
      __typename
      ... on RoomsBooked {
        bookings { id state room { name } }
        problems { message remedy }
      }
      ... on InvalidInput { field }
      ... on Problem { code message remedy retryable }
    }
  }
`);

export const PENDING_ROOMS = graphql(`
  subscription PendingRooms($since: DateTime) {
    pendingRooms(since: $since) {
      __typename
      ... on RoomBookingUpdate {
        at
        snapshot
        booking { id state reason room { name } }
      }
      ... on SubscriptionEnded { reason }
    }
  }
`);

export const ROOM_SUGGESTIONS = graphql(`
  query RoomSuggestions($bookingId: ID!) {
    roomSuggestions(bookingId: $bookingId) {
      __typename
      ... on RoomSuggestions {
        reminder
        rooms(first: 3) { nodes { room { id name } } }
      }
      ... on Problem { code message remedy retryable }
    }
  }
`);

export const REPLACE_ROOM = graphql(`
  mutation ReplaceRoom($input: ReplaceRoomInput!) {
    replaceRoom(input: $input) {
      __typename
      ... on RoomReplaced { booking { id state room { name } } }
      ... on Problem { code message remedy retryable }
    }
  }
`);
