package bot

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

func TestOrder_LetsInOneAtATimeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder()
		var mu sync.Mutex
		var got []int
		leaveFirst, _ := o.enter(t.Context(), "小明")
		for i := range 20 {
			go func() {
				leave, err := o.enter(t.Context(), "小明")
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				got = append(got, i)
				mu.Unlock()
				leave()
			}()
			synctest.Wait()
		}
		if len(got) != 0 {
			t.Fatalf("%v entered while somebody was inside", got)
		}
		leaveFirst()
		synctest.Wait()
		if len(got) != 20 || !slices.IsSorted(got) {
			t.Errorf("order of entering: got %v", got)
		}
		if len(o.last) != 0 {
			t.Errorf("%d keys are remembered with nobody inside", len(o.last))
		}
	})
}

func TestOrder_DifferentKeysDoNotWait(t *testing.T) {
	o := newOrder()
	leave, _ := o.enter(t.Context(), "小明")
	defer leave()
	other, err := o.enter(t.Context(), "小红")
	if err != nil {
		t.Fatal(err)
	}
	other()
}

func TestOrder_WhoGivesUpIsNotOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder()
		leave, _ := o.enter(t.Context(), "小明")
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error)
		go func() {
			_, err := o.enter(ctx, "小明")
			gaveUp <- err
		}()
		synctest.Wait()
		entered := false
		go func() {
			leave, _ := o.enter(t.Context(), "小明")
			entered = true
			leave()
		}()
		synctest.Wait()
		cancel()
		if err := <-gaveUp; !errors.Is(err, context.Canceled) {
			t.Errorf("giving up: got %v", err)
		}
		synctest.Wait()
		if entered {
			t.Error("the third entered while the first was still inside")
		}
		leave()
		synctest.Wait()
		if !entered || len(o.last) != 0 {
			t.Errorf("after the first left: entered %v, %d keys remembered", entered, len(o.last))
		}
	})
}
