package tickets

import (
	"slices"
	"testing"

	"github.com/google/uuid"
)

func TestOpenKeepsTheOrder(t *testing.T) {
	var desk Desk
	desk.Add("printer is on fire")
	desk.Add("out of paper")
	if got, want := desk.Open(), []string{"printer is on fire", "out of paper"}; !slices.Equal(got, want) {
		t.Errorf("Open() = %q, want %q", got, want)
	}
}

func TestCloseTellsWhetherThereIsOne(t *testing.T) {
	var desk Desk
	id := desk.Add("out of paper")
	if !desk.Close(id) {
		t.Error("a ticket was not found by its own ID")
	}
	if desk.Close(uuid.New()) {
		t.Error("a ticket was found by an ID that nobody has")
	}
}
