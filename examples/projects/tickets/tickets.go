// Package tickets keeps the tickets of a help desk.
package tickets

import "github.com/google/uuid"

// Ticket is what somebody wants.
type Ticket struct {
	ID     uuid.UUID
	Title  string
	Closed bool
}

// Desk holds tickets in the order in which they came. The zero value is an empty desk.
type Desk struct {
	tickets []Ticket
}

// Add opens a ticket and returns its ID.
func (d *Desk) Add(title string) uuid.UUID {
	ticket := Ticket{ID: uuid.New(), Title: title}
	d.tickets = append(d.tickets, ticket)
	return ticket.ID
}

// Close closes a ticket and reports whether there is one with this ID.
func (d *Desk) Close(id uuid.UUID) bool {
	for _, ticket := range d.tickets {
		if ticket.ID == id {
			ticket.Closed = true
			return true
		}
	}
	return false
}

// Open returns the titles of the tickets that are not closed.
func (d *Desk) Open() []string {
	var titles []string
	for _, ticket := range d.tickets {
		if !ticket.Closed {
			titles = append(titles, ticket.Title)
		}
	}
	return titles
}
